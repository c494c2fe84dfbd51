KUBECONFIG = out/kubeconfig
