"""DrawingML: the text of slides, charts, SmartArt and shapes, which all Office formats share."""
