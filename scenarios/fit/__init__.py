"""How far the paths of a generator are like the history that it was fitted on."""
