"""Markup by source position: HTML, XHTML and XML cut into tokens, and what of a page is translated."""
