"""Charts that others publish: where a chart is from, its values, and what units that deploy one have in common."""
