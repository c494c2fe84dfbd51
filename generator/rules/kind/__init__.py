"""Rules of kind clusters and the Makefiles and workflows that use them."""
