/* wire.c - a field type is a pair of functions, put_TYPE and get_TYPE; the rest is folded from the table. */
#include "core/common/wire.h"

#include <arpa/inet.h>
#include <string.h>

#include <msgpack.h>

#include "core/common/error.h"

/* In all arrays of a frame together: the ranks of a group, the paths to collect. In memory one is 24 bytes. */
#define MAX_ITEMS (1u << 20)

static const char preface_magic[7] = "ptpar/";

static int write_bytes(void *out, const char *data, size_t n)
{
	buffer_append(out, data, n);
	return 0;
}

/* --- encoding -------------------------------------------------------------------------------------------- */

static void put_u64(msgpack_packer *p, const uint64_t *v)
{
	msgpack_pack_uint64(p, *v);
}

static void put_i64(msgpack_packer *p, const int64_t *v)
{
	msgpack_pack_int64(p, *v);
}

static void put_f64(msgpack_packer *p, const double *v)
{
	msgpack_pack_double(p, *v);
}

static void put_str(msgpack_packer *p, const char *const *v)
{
	size_t n;

	if (*v == NULL) {
		msgpack_pack_nil(p);
		return;
	}
	n = strlen(*v);
	msgpack_pack_str(p, n);
	msgpack_pack_str_body(p, *v, n);
}

static void put_bytes(msgpack_packer *p, const struct wire_bytes *v)
{
	msgpack_pack_bin(p, v->n);
	msgpack_pack_bin_body(p, v->data, v->n);
}

static void put_u32s(msgpack_packer *p, const struct wire_u32s *v)
{
	msgpack_pack_array(p, v->n);
	for (size_t i = 0; i < v->n; i++)
		msgpack_pack_uint32(p, v->items[i]);
}

static void put_strs(msgpack_packer *p, const struct wire_strs *v)
{
	msgpack_pack_array(p, v->n);
	for (size_t i = 0; i < v->n; i++)
		put_str(p, &v->items[i]);
}

static size_t begin_frame(struct buffer *out, msgpack_packer *p, enum wire_number number, size_t n_fields)
{
	size_t start = out->len;

	buffer_append(out, "\0\0\0", 4);
	msgpack_packer_init(p, out, write_bytes);
	msgpack_pack_array(p, n_fields + 1);
	msgpack_pack_uint8(p, (uint8_t)number);
	return start;
}

static void end_frame(struct buffer *out, size_t start)
{
	uint32_t n = htonl((uint32_t)(out->len - start - 4));

	memcpy(out->data + start, &n, 4);
}

#define COUNT(type, name) +1
#define PUT(type, name)   put_##type(&p, &m->name);
#define MESSAGE(CONSTANT, name)                                                                                    \
	void wire_put_##name(struct buffer *out, const struct wire_##name *m)                                      \
	{                                                                                                          \
		msgpack_packer p;                                                                                  \
		size_t start = begin_frame(out, &p, WIRE_##CONSTANT, 0 WIRE_FIELDS_##name(COUNT));                 \
                                                                                                                   \
		(void)m;                                                                                           \
		WIRE_FIELDS_##name(PUT) end_frame(out, start);                                                     \
	}
WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
#undef PUT

/* --- decoding: each returns whether the object was of that type ------------------------------------------ */

static bool get_u64(msgpack_zone *zone, const msgpack_object *o, uint64_t *v)
{
	(void)zone;
	*v = o->via.u64;
	return o->type == MSGPACK_OBJECT_POSITIVE_INTEGER;
}

static bool get_i64(msgpack_zone *zone, const msgpack_object *o, int64_t *v)
{
	(void)zone;
	*v = o->via.i64;
	return o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER ||
	       (o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 <= INT64_MAX);
}

static bool get_f64(msgpack_zone *zone, const msgpack_object *o, double *v)
{
	(void)zone;
	*v = o->via.f64;
	return o->type == MSGPACK_OBJECT_FLOAT64;
}

static bool get_str(msgpack_zone *zone, const msgpack_object *o, const char **v)
{
	char *s;

	*v = NULL;
	if (o->type == MSGPACK_OBJECT_NIL)
		return true;
	if (o->type != MSGPACK_OBJECT_STR ||
	    (o->via.str.size > 0 && memchr(o->via.str.ptr, '\0', o->via.str.size) != NULL))
		return false;
	s = msgpack_zone_malloc_no_align(zone, (size_t)o->via.str.size + 1);
	if (s == NULL)
		return false;
	if (o->via.str.size > 0) /* else there may be no pointer */
		memcpy(s, o->via.str.ptr, o->via.str.size);
	s[o->via.str.size] = '\0';
	*v = s;
	return true;
}

static bool get_bytes(msgpack_zone *zone, const msgpack_object *o, struct wire_bytes *v)
{
	(void)zone;
	if (o->type != MSGPACK_OBJECT_BIN)
		return false;
	v->data = o->via.bin.ptr;
	v->n = o->via.bin.size;
	return true;
}

static bool get_u32s(msgpack_zone *zone, const msgpack_object *o, struct wire_u32s *v)
{
	uint32_t *items;

	if (o->type != MSGPACK_OBJECT_ARRAY)
		return false;
	items = msgpack_zone_malloc(zone, (size_t)o->via.array.size * sizeof(*items) + 1);
	if (items == NULL)
		return false;
	for (uint32_t i = 0; i < o->via.array.size; i++) {
		const msgpack_object *item = &o->via.array.ptr[i];

		if (item->type != MSGPACK_OBJECT_POSITIVE_INTEGER || item->via.u64 > UINT32_MAX)
			return false;
		items[i] = (uint32_t)item->via.u64;
	}
	v->items = items;
	v->n = o->via.array.size;
	return true;
}

static bool get_strs(msgpack_zone *zone, const msgpack_object *o, struct wire_strs *v)
{
	const char **items;

	if (o->type != MSGPACK_OBJECT_ARRAY)
		return false;
	items = msgpack_zone_malloc(zone, (size_t)o->via.array.size * sizeof(*items) + 1);
	if (items == NULL)
		return false;
	for (uint32_t i = 0; i < o->via.array.size; i++)
		if (!get_str(zone, &o->via.array.ptr[i], &items[i]) || items[i] == NULL)
			return false;
	v->items = items;
	v->n = o->via.array.size;
	return true;
}

#define GET(type, name) &&get_##type(zone, f++, &m->name)
#define MESSAGE(CONSTANT, name)                                                                                    \
	static bool get_##name(msgpack_zone *zone, const msgpack_object *f, size_t n, struct wire_##name *m)       \
	{                                                                                                          \
		(void)zone;                                                                                        \
		(void)f;                                                                                           \
		(void)m;                                                                                           \
		return n == 0 WIRE_FIELDS_##name(COUNT) WIRE_FIELDS_##name(GET);                                   \
	}
WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
#undef GET
#undef COUNT

void wire_decoder_init(struct wire_decoder *d)
{
	msgpack_zone_init(&d->zone, 8192);
}

void wire_decoder_destroy(struct wire_decoder *d)
{
	msgpack_zone_destroy(&d->zone);
}

int64_t wire_frame(const char *data, size_t n)
{
	uint32_t length;

	if (n < 4)
		return 0;
	memcpy(&length, data, 4);
	length = ntohl(length);
	if (length > WIRE_MAX_FRAME)
		return -EMSGSIZE;
	return n - 4 < length ? 0 : (int64_t)length + 4;
}

static bool get_message(msgpack_zone *zone, const msgpack_object *o, struct wire_message *m)
{
	const msgpack_object *f = o->via.array.ptr;
	size_t n;

	if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size < 1 ||
	    f->type != MSGPACK_OBJECT_POSITIVE_INTEGER || f->via.u64 >= WIRE_COUNT)
		return false;
	m->number = (enum wire_number)f->via.u64;
	n = o->via.array.size - 1;
	f++;
	switch (m->number) {
#define MESSAGE(CONSTANT, name)                                                                                    \
	case WIRE_##CONSTANT:                                                                                      \
		return get_##name(zone, f, n, &m->name);
		WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
	default:
		return false;
	}
}

/* What stands behind the first byte of an object: bytes that hold a size, the bytes of the value itself, or other
 * objects. Only kinds that are sent here. */
struct shape {
	unsigned char first, last; /* this range of first bytes; a size of no bytes is in the first byte */
	unsigned char n_size;
	unsigned char n_value; /* 0 for one that has a size */
	bool has_size, has_items;
};

/* The frequent ones first. */
static const struct shape shapes[] = {
	{ 0x00, 0x7f, 0, 0, false, false }, /* small integers */
	{ 0xa0, 0xbf, 0, 0, true, false },  /* strings */
	{ 0xcc, 0xcc, 0, 1, false, false }, /* unsigned integers */
	{ 0xcd, 0xcd, 0, 2, false, false }, { 0xce, 0xce, 0, 4, false, false },
	{ 0x90, 0x9f, 0, 0, true, true },   /* arrays */
	{ 0xc0, 0xc0, 0, 0, false, false }, /* nil */
	{ 0xcb, 0xcb, 0, 8, false, false }, /* double */
	{ 0xc4, 0xc4, 1, 0, true, false },  /* bytes */
	{ 0xd9, 0xd9, 1, 0, true, false },  { 0xda, 0xda, 2, 0, true, false },
	{ 0xdb, 0xdb, 4, 0, true, false },  { 0xc5, 0xc5, 2, 0, true, false },
	{ 0xc6, 0xc6, 4, 0, true, false },  { 0xcf, 0xcf, 0, 8, false, false },
	{ 0xe0, 0xff, 0, 0, false, false }, /* signed integers */
	{ 0xd0, 0xd0, 0, 1, false, false }, { 0xd1, 0xd1, 0, 2, false, false },
	{ 0xd2, 0xd2, 0, 4, false, false }, { 0xd3, 0xd3, 0, 8, false, false },
	{ 0xdc, 0xdc, 2, 0, true, true },   { 0xdd, 0xdd, 4, 0, true, true },
};

static const struct shape *find_shape(unsigned char first)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (first >= shapes[i].first && first <= shapes[i].last)
			return &shapes[i];
	return NULL;
}

/* msgpack-c makes room for as many items as an array says that it has, and 5 bytes can say 4 billion. */
static bool is_modest(const unsigned char *at, size_t n)
{
	uint64_t size, awaited = 1, items = 0;
	const struct shape *shape;

	for (; awaited > 0; awaited--) {
		if (n == 0 || (shape = find_shape(*at)) == NULL || n <= shape->n_size)
			return false;
		size = shape->has_size && shape->n_size == 0 ? (uint64_t)(*at - shape->first) : shape->n_value;
		for (size_t i = 1; i <= shape->n_size; i++)
			size = size << 8 | at[i];
		at += 1 + shape->n_size;
		n -= 1 + (size_t)shape->n_size;
		if (size > n || (shape->has_items && (items += size) > MAX_ITEMS))
			return false;
		if (shape->has_items) {
			awaited += size;
		} else {
			at += size;
			n -= size;
		}
	}
	return true;
}

int wire_decode(struct wire_decoder *d, const char *frame, size_t n, struct wire_message *m,
		struct ptpar_error *err)
{
	msgpack_object o;
	size_t offset = 0;

	msgpack_zone_clear(&d->zone);
	m->number = WIRE_NONE;
	if (!is_modest((const unsigned char *)frame + 4, n - 4) ||
	    msgpack_unpack(frame + 4, n - 4, &offset, &d->zone, &o) != MSGPACK_UNPACK_SUCCESS || offset != n - 4)
		return ptpar_fail(err, -EPROTO, "a frame that is not one msgpack object");
	if (!get_message(&d->zone, &o, m))
		return ptpar_fail(err, -EPROTO, "a malformed message '%s'", wire_name(m->number));
	return 0;
}

/* --- preface --------------------------------------------------------------------------------------------- */

void wire_put_preface(struct buffer *out, const unsigned char token[WIRE_TOKEN_SIZE])
{
	buffer_append(out, preface_magic, sizeof(preface_magic));
	buffer_putc(out, WIRE_VERSION);
	buffer_append(out, token, WIRE_TOKEN_SIZE);
}

int wire_check_preface(const char data[WIRE_PREFACE_SIZE], const unsigned char token[WIRE_TOKEN_SIZE],
		       struct ptpar_error *err)
{
	unsigned char differs = 0;

	if (memcmp(data, preface_magic, sizeof(preface_magic)) != 0)
		return ptpar_fail(err, -EPROTO, "it does not speak ptpar's protocol");
	if (data[7] != WIRE_VERSION)
		return ptpar_fail(err, -EPROTO, "it speaks version %d of ptpar's protocol, not %d", data[7],
				  WIRE_VERSION);
	for (size_t i = 0; i < WIRE_TOKEN_SIZE; i++)
		differs |= (unsigned char)((unsigned char)data[8 + i] ^ token[i]);
	if (differs != 0)
		return ptpar_fail(err, -EACCES, "wrong token");
	return 0;
}

const char *wire_name(enum wire_number number)
{
	static const char *const names[] = { "none",
#define MESSAGE(CONSTANT, name) #name,
					     WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
	};

	return (unsigned)number < WIRE_COUNT ? names[number] : "unknown";
}
