// Takes the first sentence by itself: a page that is only looked at must not, so it is a POST.
document.querySelector("[data-press]")?.requestSubmit();
