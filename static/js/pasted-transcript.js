// What is pasted and longer than a form may be is sent as a file.
// <pasted-transcript><form><input type="file" name="file"><textarea name="text">…</form></pasted-transcript>
class PastedTranscript extends HTMLElement {
  connectedCallback() { this.addEventListener("submit", this.#sending); }

  #sending = () => {
    const { file, text } = this.querySelector("form").elements;
    if (file.files.length || text.value.length < 500_000) return;
    const chosen = new DataTransfer();
    chosen.items.add(new File([text.value], "pasted.txt", { type: "text/plain" }));
    file.files = chosen.files;
    text.disabled = true;
    setTimeout(() => { text.disabled = false; });
  };
}
customElements.define("pasted-transcript", PastedTranscript);
