"""Detection: from a sliding window to YOLO."""
