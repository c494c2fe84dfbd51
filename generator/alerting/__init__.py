"""What the template ``alerting`` makes: receivers, routes and their texts, as Helm values. Pure.

``fields`` knows Alertmanager's configuration field by field, ``texts`` what messages say, ``receivers`` completes what
a spec leaves out, ``values`` puts the Helm values together, ``text`` writes them down, ``check`` tells what is wrong
with a spec, and ``request`` puts what the command line asks for into one.
"""
