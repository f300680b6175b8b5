"""`python -m tests.browser.transcript_rows`: alice is a creator with a video that has three versions of a transcript; prints
its key."""

from __future__ import annotations

import django

BROKEN = """WEBVTT

00:00.000 --> 00:06.000
<v Anna>Welcome to brewing tea.

00:05.000 --> 00:09.000
<v Bob>How hot must the water be?

00:11.000 --> 00:10.000
<v Anna>Eighty degrees, not more.

xx --> 00:20.000
Lost
"""


def main() -> None:
    django.setup()
    from sessions_app.knowledge.actions.transcripts import take_transcript
    from sessions_app.knowledge.models import Creator, Transcript, Video
    from sessions_app.models import User

    alice = User.objects.get(username="alice")
    Creator.objects.get_or_create(user=alice)
    video = Video.objects.create(creator=alice, title="Brewing tea, and what the water does to it")
    take_transcript(video=video, maker=alice, raw="0:01 First try\n0:09 Second")
    long = "\n".join(f"00:00:0{at % 10},000 --> 00:00:01,000\nWords {at}\n" for at in range(60))
    take_transcript(video=video, maker=alice, raw=long, source="brewing-tea-from-the-studio.srt")
    Transcript.objects.filter(number=2).update(
        status="failed", error="Another version was chosen before this one was indexed."
    )
    take_transcript(video=video, maker=alice, raw=BROKEN, source="brewing-tea.vtt")
    print(video.pk)


if __name__ == "__main__":
    main()
