"""How well and how fast passages are found: `python -m benchmarks.retrieval`.

Well: twelve transcripts (tests/knowledge/corpus) among 300 generated ones that share their vocabulary; sixty questions in
other words than the text's, each with the span of its answer, and twenty more that nothing was tuned by. Fast: 2,000
videos of 400,000 passages. On PostgreSQL where DATABASE_URL names an empty database of one.
"""
