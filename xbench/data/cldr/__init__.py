"""Text generated from Unicode CLDR through babel: the same content in every language that CLDR covers."""
