// New session in a session with nothing in it stays there; but where something was typed, another one is made, also before
// the draft is kept.
// <form action="/sessions/"><unused-session><input type="hidden" name="from" value="ID"></unused-session>…</form>
class UnusedSession extends HTMLElement {
  connectedCallback() {
    this.closest("form").addEventListener("formdata", ({ formData }) => {
      if (document.getElementById("message-box")?.value.trim()) formData.delete("from");
    });
  }
}
customElements.define("unused-session", UnusedSession);
