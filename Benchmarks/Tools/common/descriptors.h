// How many files this process may have open.
#pragma once

// Raises the limit as far as it goes and returns it.
long raise_descriptor_limit(void);
