"""What the template ``alerting`` makes: receivers, routes and their texts, as Helm values. Pure: data in, data or text out.

``fields`` knows Alertmanager's configuration field by field, ``texts`` what messages say, ``receivers`` completes what a
spec leaves out, ``values`` puts the Helm values together, ``text`` writes them down, ``check`` tells what is wrong with a
spec, and ``adopt`` fits the values into a file that people wrote.
"""
