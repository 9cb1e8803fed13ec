/*
 * Jansson's loops, for cppcheck's parser (see check-cppcheck). Not its whole header: the checks for NULL in its macros make
 * cppcheck believe that NULL may come.
 */
#define json_object_foreach(object, key, value)                                                                        \
	while ((key = json_object_next_key(object)) != NULL && (value = json_object_next_value(object)) != NULL)
#define json_array_foreach(array, index, value) for (index = 0; (value = json_array_get(array, index)) != NULL; index++)
