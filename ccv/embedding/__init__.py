"""Embeddings: networks that say who is near whom, so that they know people and letters they were not trained on.

    known, unseen = split_identities(labels, unseen=0.3)
    model = embedder(conv_blocks((32, 32, 1)), 64)
    model.compile("adam", TripletLoss())
    model.fit(IdentityBatches(images[known], labels[known]), epochs=10)
    vectors = model.predict(images[unseen])
    print(one_shot(vectors, labels[unseen], ways=10).accuracy)
    print(verify(*pair_distances(vectors, labels[unseen])).equal_error_rate)

| file | what it is about |
|---|---|
| `networks` | a network from pictures to vectors of length 1, over any backbone; the twin network of Koch et al. |
| `losses` | contrastive and triplet loss, with semi-hard and hard mining |
| `identities`, `batches` | who is trained on and who is met later; pairs and batches of them |
| `verification` | are these two the same? ROC, equal error rate, true accepts at a rate of false ones |
| `identification` | who is this? One against a gallery, in which they may not be |
| `few_shot` | n ways, k shots: how well classes are told apart of which there are k examples |

`networks`, `losses` and `batches` are Keras, the rest is NumPy. Importing this loads neither Keras nor TensorFlow.
"""

from typing import TYPE_CHECKING

from ccv.lazy import lazy_names

if TYPE_CHECKING:
    from ccv.embedding.batches import IdentityBatches, PairBatches
    from ccv.embedding.few_shot import OneShot, episodes, one_shot
    from ccv.embedding.identification import Identification, Identified, evaluate_identification, identify
    from ccv.embedding.identities import pairs, split_identities
    from ccv.embedding.losses import ContrastiveLoss, TripletLoss
    from ccv.embedding.networks import conv_blocks, embedder, twins
    from ccv.embedding.verification import Verification, pair_distances, verify

__all__ = [
    "ContrastiveLoss",
    "Identification",
    "Identified",
    "IdentityBatches",
    "OneShot",
    "PairBatches",
    "TripletLoss",
    "Verification",
    "conv_blocks",
    "embedder",
    "episodes",
    "evaluate_identification",
    "identify",
    "one_shot",
    "pair_distances",
    "pairs",
    "split_identities",
    "twins",
    "verify",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "batches": ["IdentityBatches", "PairBatches"],
        "few_shot": ["OneShot", "episodes", "one_shot"],
        "identification": ["Identification", "Identified", "evaluate_identification", "identify"],
        "identities": ["pairs", "split_identities"],
        "losses": ["ContrastiveLoss", "TripletLoss"],
        "networks": ["conv_blocks", "embedder", "twins"],
        "verification": ["Verification", "pair_distances", "verify"],
    },
)
