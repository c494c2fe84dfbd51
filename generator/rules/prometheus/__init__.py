"""Rules of Prometheus: PrometheusRule resources, rule files, and what its configuration says of alerts."""
