"""What has to fit together in an object of Kubernetes, by the rules of ``schemas/merge-fits.json``; by values alone."""
