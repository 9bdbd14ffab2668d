"""What Word, Excel and PowerPoint files have in common: the package, and how its parts are read and written."""
