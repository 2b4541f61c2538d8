"""The card of ViT-B/16."""

from ccv.models.cards._card import IMAGENET_STATISTICS, Card, Golden, Paper, Published
from ccv.models.cards._files import torch_file

VIT_B_16 = Card(
    name="vit_b_16",
    title="ViT-B/16, twelve blocks of attention over patches of 16x16 pixels",
    paper=Paper(
        "A. Dosovitskiy, L. Beyer, A. Kolesnikov, D. Weissenborn, X. Zhai et al.",
        "An image is worth 16x16 words: transformers for image recognition at scale",
        "ICLR 2021 (arXiv 2010.11929)",
        2021,
    ),
    input_shape=(224, 224, 3),
    golden=(Golden("torch", 86_567_656, notop=85_798_656, macs=17_563_828_224, at=224, source="T"),),
    published=(
        Published("torch, ImageNet alone", 81.072, 95.318, "torchvision, IMAGENET1K_V1"),
        Published("torch, 3.6 billion images, at 384", 85.304, 97.650, "torchvision, IMAGENET1K_SWAG_E2E_V1"),
        Published(
            "torch, the same, its last layer alone fitted", 81.886, 96.180, "torchvision, IMAGENET1K_SWAG_LINEAR_V1"
        ),
    ),
    notes=(
        "Without the top it gives the places as a map, whose class token is left out; at another size than a file's "
        "the positions are interpolated.",
        "The SWAG weights are under CC-BY-NC 4.0, not for commerce.",
    ),
    rescale=IMAGENET_STATISTICS,
    weights_from="torchvision's files: IMAGENET1K_V1, IMAGENET1K_SWAG_E2E_V1 (384 pixels), IMAGENET1K_SWAG_LINEAR_V1",
    files=(
        torch_file("vit_b_16-c867db91"),
        torch_file("vit_b_16_swag-9ac1b537", size=384, version="SWAG_E2E_V1"),
        torch_file("vit_b_16_lc_swag-4e70ced5", version="SWAG_LINEAR_V1"),
    ),
)

CARDS = (VIT_B_16,)
