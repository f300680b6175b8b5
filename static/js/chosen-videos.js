// The videos a conversation is about, above its message box: when one was taken out, the focus goes to the box.
// <chosen-videos><live-part id="chosen-videos">…<form hx-post="…"><button name="remove">…</form></live-part></chosen-videos>
class ChosenVideos extends HTMLElement {
  connectedCallback() {
    this.addEventListener("htmx:afterRequest", ({ detail }) => {
      if (detail.successful && detail.requestConfig.verb === "post") document.getElementById("message-box")?.focus({ preventScroll: true });
    });
  }
}
customElements.define("chosen-videos", ChosenVideos);
