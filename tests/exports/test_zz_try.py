import sys, time, pytest
from pathlib import Path
@pytest.mark.django_db
def test_it(alice):
    from tests.exports.rich import rich_session
    from export_app.renderers import formats
    from export_app.transcript import Transcript
    chat = rich_session(alice, title="Weekly cost review: A/B & <c> 日本 مرحبا 🙂")
    t=time.time()
    data=b"".join(formats()["word"].render(Transcript(chat, reader=alice.pk, others=True), {"thinking":True}))
    print(time.time()-t, len(data))
    Path("/tmp/rich.docx").write_bytes(data)
