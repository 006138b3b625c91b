"""A simulated large-value payment system: banks that pay, queue, borrow overnight, and come under stress."""
