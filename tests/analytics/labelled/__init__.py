"""Labelled examples by which sentiment and topics are judged. Labels were written before anything was measured."""
