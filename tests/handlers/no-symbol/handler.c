/* A shared library that is no handler. */
int beffroi_is_not_called_here(void);

__attribute__((visibility("default"))) int beffroi_is_not_called_here(void)
{
    return 1;
}
