"""What a tour is: a file, checked; a timeline; a camera path; a pen. Numpy only: no window, no network."""
