"""Players and the dashboard: blocks to the browser, and what one sees there."""
