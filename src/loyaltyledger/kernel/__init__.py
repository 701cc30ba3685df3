"""Money, time, ids, errors, and the shape of a decision. It knows nothing of points."""
