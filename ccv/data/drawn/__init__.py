"""Pictures that are drawn rather than read: scenes of shapes, and letters."""
