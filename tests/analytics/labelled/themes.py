"""Small sets of messages, each with the topics a reader would name. As with moods, half of them were looked at while
the stop words were chosen (`SEEN`), the figures are those of the other half."""

from __future__ import annotations

Theme = tuple[tuple[str, ...], tuple[str, ...]]  # messages, topics that are right

SEEN: tuple[Theme, ...] = (
    (
        (
            "How do I index a column in PostgreSQL?",
            "My PostgreSQL query is slow although there is an index on the column.",
            "Does PostgreSQL use the index for a sort?",
            "Explain the query plan please",
        ),
        ("postgresql", "index", "query", "column"),
    ),
    (
        (
            "Write a cover letter for a nurse",
            "Make the cover letter shorter",
            "Which hobbies belong in a cover letter?",
            "Can you check my CV as well?",
        ),
        ("cover letter",),
    ),
    (
        (
            "Plan a trip to Lisbon in May",
            "What should we see in Lisbon with children?",
            "Is the train from Porto to Lisbon fast?",
            "Find a cheap hotel near the train station",
        ),
        ("lisbon", "train"),
    ),
    (
        (
            "The unit tests fail on Windows only",
            "How can I run the unit tests in parallel?",
            "Why do unit tests need a database here?",
        ),
        ("unit tests",),
    ),
    (
        (
            "Explain machine learning to a child",
            "Which machine learning course is good for beginners?",
            "Is machine learning the same as statistics?",
            "What is a neural network?",
        ),
        ("machine learning",),
    ),
    (
        (
            "Give me a recipe for sourdough bread",
            "My sourdough starter does not rise",
            "How long does sourdough bread stay fresh?",
            "What flour do I need for a sourdough starter?",
        ),
        ("sourdough", "sourdough bread", "sourdough starter"),
    ),
    (
        (
            "Our invoice for October is missing",
            "When is the invoice due?",
            "Send the customer a reminder about the invoices",
            "Which customer has not paid yet?",
        ),
        ("invoice", "invoices", "customer"),
    ),
    (
        (
            "```python\nfor row in rows:\n    print(row)\n```\nWhy is the generator empty?",
            "What is the difference between a generator and a list?",
            "```\nfor row in rows: pass\n```\nClose the generator here",
        ),
        ("generator",),
    ),
    (
        (
            "Kannst du mir den Mietvertrag erklären?",
            "Was bedeutet die Klausel im Mietvertrag?",
            "Ist der Mietvertrag ohne Unterschrift gültig?",
        ),
        ("mietvertrag",),
    ),
    (
        (
            "How does a heat pump work?",
            "Is a heat pump worth it in an old house?",
            "What does a heat pump cost to run?",
            "Which house insulation is best?",
        ),
        ("heat pump", "house"),
    ),
    (
        (
            "Debug this React component",
            "Why does the React component render twice?",
            "How do hooks work in React?",
            "Should state live in hooks or in a store?",
        ),
        ("react", "hooks", "react component"),
    ),
    (
        ("Thanks!", "ok", "Please go on", "Yes, do that", "Can you help me?"),
        (),
    ),
)

UNSEEN: tuple[Theme, ...] = (
    (
        (
            "Set up a Kubernetes cluster on three machines",
            "Why is my pod pending in Kubernetes?",
            "Restart one pod without downtime",
            "Does Kubernetes need swap switched off?",
        ),
        ("kubernetes", "pod"),
    ),
    (
        (
            "What are the symptoms of iron deficiency?",
            "Which foods help against iron deficiency?",
            "Can iron deficiency cause headaches?",
            "Is spinach rich in iron?",
        ),
        ("iron deficiency", "iron"),
    ),
    (
        (
            "Write a birthday poem for my grandmother",
            "Make the poem rhyme",
            "Add her garden to the poem",
            "Now translate the poem into Polish",
        ),
        ("poem",),
    ),
    (
        (
            "Summarise the quarterly report",
            "Which figures in the quarterly report changed most?",
            "Turn the quarterly report into five slides",
            "The slides need a title",
        ),
        ("quarterly report", "slides"),
    ),
    (
        (
            "How do I renew a TLS certificate?",
            "The browser says the certificate has expired",
            "Can one certificate cover two domains?",
            "nginx does not load the new certificate",
        ),
        ("certificate",),
    ),
    (
        (
            "Explain photosynthesis",
            "Which part of the plant does photosynthesis?",
            "Does photosynthesis stop at night?",
            "Why are plants green?",
        ),
        ("photosynthesis", "plant", "plants"),
    ),
    (
        (
            "Help me prepare for a job interview at a bank",
            "What do they ask in a job interview?",
            "How should I dress for the job interview?",
            "Which salary can I ask for?",
        ),
        ("job interview", "salary"),
    ),
    (
        (
            "Convert this date to a time zone",
            "Which time zone does the server use?",
            "Store dates in UTC or in the user's time zone?",
        ),
        ("time zone", "date", "dates"),
    ),
    (
        (
            "Comment fonctionne une pompe à chaleur ?",
            "Quel est le prix d'une pompe à chaleur ?",
            "Est-ce que la pompe est bruyante ?",
        ),
        ("pompe", "chaleur", "pompe à chaleur"),
    ),
    (
        (
            "Merge the marketing budget with last year's",
            "How much of the marketing budget is left?",
            "Cut the marketing budget by ten percent",
            "What did the campaign cost?",
        ),
        ("marketing budget",),
    ),
    (
        (
            "Tune my guitar by ear",
            "Which guitar chords should a beginner learn?",
            "Are these guitar chords hard?",
            "What strings suit a classical guitar?",
        ),
        ("guitar", "guitar chords", "chords"),
    ),
    (
        ("Hello", "Continue", "Try again please", "Thank you, that is all", "Make it shorter"),
        (),
    ),
)
