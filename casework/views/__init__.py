"""What people and programs see: read models, pages, the API, and who may see what."""
