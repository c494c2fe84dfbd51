"""Rules of Argo CD Image Updater."""
