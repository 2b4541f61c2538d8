"""Detection: from a sliding window to YOLO, in Keras and NumPy alone.

    trained = detector("yolo_v2_tiny", ["cell"], input_shape=(192, 256, 3), stride=16)
    trained.fit(data, epochs=60)                    # pairs of image and truth, as `ccv.data.voc` reads them
    boxes, scores, labels = trained.detect(photo)   # of any size; boxes in its pixels
    print(trained.evaluate(data))                   # mean average precision

| file | what it is about |
|---|---|
| `boxes`, `letterbox` | formats, IoU and its kin; an image of any size in a frame of one size, and back |
| `localization`, `sliding`, `convolutional` | the older road: one object, landmarks, windows, windows by convolution |
| `anchors`, `targets`, `losses`, `decode` | YOLO v1 to v3: what the network should say, how wrong it is, what it says |
| `suppression`, `metrics` | non-maximum suppression; average precision by VOC's and COCO's rules |
| `shipped`, `pretrain` | the detector that ccv carries, and the training that made it |

A truth is `(boxes, 5)`: x_min, y_min, x_max, y_max as parts of the image's width and height, then the class; rows of
-1 are padding. Importing this loads neither Keras nor TensorFlow.
"""

from typing import TYPE_CHECKING

from ccv.lazy import lazy_names

if TYPE_CHECKING:
    from ccv.detection.building import detector
    from ccv.detection.convolutional import convolutional_sliding_window
    from ccv.detection.evaluation import Evaluation
    from ccv.detection.heads import is_detector
    from ccv.detection.metrics import evaluate
    from ccv.detection.records import Detections, Objects
    from ccv.detection.shipped import about, pretrained
    from ccv.detection.sliding import sliding_window
    from ccv.detection.suppression import nms
    from ccv.detection.yolo import Detector

DETECTORS = ("yolo_v1", "yolo_v1_tiny", "yolo_v2", "yolo_v2_tiny", "yolo_v3", "yolo_v3_tiny")

__all__ = [
    "DETECTORS",
    "Detections",
    "Detector",
    "Evaluation",
    "Objects",
    "about",
    "convolutional_sliding_window",
    "detector",
    "evaluate",
    "is_detector",
    "nms",
    "pretrained",
    "sliding_window",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "building": ["detector"],
        "convolutional": ["convolutional_sliding_window"],
        "evaluation": ["Evaluation"],
        "heads": ["is_detector"],
        "metrics": ["evaluate"],
        "records": ["Detections", "Objects"],
        "shipped": ["about", "pretrained"],
        "sliding": ["sliding_window"],
        "suppression": ["nms"],
        "yolo": ["Detector"],
    },
)
