"""Evolution of specs: mutations that give specs again, trials in processes of their own, and a pool of the best."""
