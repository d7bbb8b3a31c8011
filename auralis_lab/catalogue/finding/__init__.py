"""Questions to the catalogue: filters, pages, facets, albums, artists."""
