"""What listeners do: plays, favourites, ratings, queues, statistics."""
