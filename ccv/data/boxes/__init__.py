"""Photographs with boxes, in every layout in which people have them: VOC, COCO and YOLO."""
