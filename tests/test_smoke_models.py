from sessions_app.models import ChatSession, User


def test_a_stranger_sees_no_chat_of_another(chat: ChatSession, bob: User) -> None:
    assert not ChatSession.objects.for_user(bob).exists()
