"""What the template ``alerting`` makes: receivers, routes and their texts, as Helm values. Pure.

``spec_receivers`` completes what a spec leaves out, ``message_texts`` has what messages say, ``helm_values`` puts the
Helm values together, ``values_text`` writes them down, ``spec_check`` tells what is wrong with a spec, and ``request``
puts what the command line asks for into one.
"""
