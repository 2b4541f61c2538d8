"""Style: paint one picture in the manner of another, by the Gram matrices of a network's maps.

    painted = transfer(photograph, painting)        # pictures (height, width, 3) of any sizes
    painted.picture                                 # uint8, as large as the photograph
    texture(painting, size=(256, 256)).picture      # the manner alone, from noise

| file | what it is about |
|---|---|
| `losses` | Gram matrix, content, style and total variation |
| `extractor` | which maps of a network are looked at, at which scales; random filters instead of a network |
| `objective` | all losses of a picture as one number, and its gradient by the pixels |
| `descent` | L-BFGS and Adam on pixels |
| `painting` | `transfer` and `texture` |

Source: Gatys, Ecker, Bethge 2015 (arXiv:1505.07376 for textures, arXiv:1508.06576 for style).
"""

from ccv.style.extractor import Extractor, extractor, random_filters
from ccv.style.losses import content_loss, gram_matrix, style_loss, total_variation
from ccv.style.painting import Painted, gram_distance, texture, transfer

__all__ = [
    "Extractor",
    "Painted",
    "content_loss",
    "extractor",
    "gram_distance",
    "gram_matrix",
    "random_filters",
    "style_loss",
    "texture",
    "total_variation",
    "transfer",
]
