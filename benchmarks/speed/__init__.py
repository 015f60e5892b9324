"""How fast xbench is, part by part."""
