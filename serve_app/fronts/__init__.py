"""Faces of other services' APIs, so that clients written for those work here: a folder for each. Their paths, fields and
refusals are those of the originals; what is not here is refused in their words."""
