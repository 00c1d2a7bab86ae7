"""Classifiers that suggest labels; scikit-learn, SciPy and NumPy are imported here only when first needed."""
