/* What an agency writes on a made-up referral's form: a family that is the same each time, and what is said about it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "story.h"

#include "base/banned.h"

enum { NHS_DIGITS = 10, CHILDREN_MAX = 3 };

static const int64_t DAY_US = INT64_C(86400000000);
static const uint64_t FAMILIES = UINT64_C(1) << 32; /* their chance is apart from that of the referrals */

static const char *const first_names[] = {"Alba", "Bram", "Cleo", "Dara", "Elis", "Fern", "Gwen", "Hari",
					  "Iona", "Joss", "Kian", "Lena", "Milo", "Nell", "Otis", "Posy"};
static const char *const family_names[] = {
	"Example",  "Placeholder", "Sampleton", "Testworth", "Mockford",  "Specimen", "Demoson",  "Fictional",
	"Fabricot", "Inventley",   "Draftwell", "Patternby", "Modelling", "Figment",  "Trialham", "Dummery"};
static const struct {
	const char *category;
	const char *description;
} concerns[] = {
	{"neglect",
	 "Comes to school hungry and in the same unwashed clothes for the third week; says that there is no food at "
	 "home in the evening and that nobody wakes the children."},
	{"domestic_abuse",
	 "Police were called to the home at night; mother had a cut lip, the children stood on the stairs and "
	 "had heard the shouting for an hour."},
	{"physical_abuse", "Bruise in the shape of a hand on the upper arm; the child says it was for spilling milk."},
	{"emotional_abuse", "Is called worthless at the school gate each morning; has stopped speaking in class."},
	{"missing", "Missing from home for the fourth time this month, found at the station after midnight."},
	{"self_harm", "Fresh cuts on both forearms, shown to the school nurse; says that things are bad at home."},
	{"neglect", "Home dirty."},
	{"family_distress",
	 "Mother cries at each visit and says that she cannot cope; the baby has not gained weight."},
};

enum {
	FIRST_NAMES = sizeof first_names / sizeof *first_names,
	FAMILY_NAMES = sizeof family_names / sizeof *family_names,
	CONCERNS = sizeof concerns / sizeof *concerns,
};

/* ---- a family ---- */

struct family {
	const char *name;
	unsigned n_children;
	struct {
		const char *first_name;
		const char *sex;
		int born; /* day since 1970 */
		char nhs_number[NHS_DIGITS + 1];
	} children[CHILDREN_MAX];
	const char *mother;
	int mother_born;
	char street[32];
	char postcode[16];
};

/* A test number: starts 999, with its right check digit. */
static void nhs_number(struct demo *demo, char ret_text[NHS_DIGITS + 1])
{
	int check = 10;
	while (check == 10) {
		(void)snprintf(ret_text, NHS_DIGITS + 1, "999%06u0", demo_random(demo, 1000000));
		int sum = 0;
		for (int i = 0; i < NHS_DIGITS - 1; i++)
			sum += (ret_text[i] - '0') * (NHS_DIGITS - i);
		check = (11 - sum % 11) % 11;
	}
	ret_text[NHS_DIGITS - 1] = (char)('0' + check);
}

/* The `number`-th family: the same one whichever referral is about it. */
static struct family family_of(struct demo *demo, unsigned number)
{
	uint64_t kept = demo->chance;
	demo_begin(demo, FAMILIES + number);
	int today = (int)(demo->now_us / DAY_US);
	int year = today - 200 - (today - 200) % 365; /* so that nobody is younger tomorrow */
	unsigned name = demo_random(demo, FIRST_NAMES);
	struct family f = {
		.name = family_names[demo_random(demo, FAMILY_NAMES)],
		.n_children = 1 + demo_random(demo, CHILDREN_MAX),
		.mother = first_names[demo_random(demo, FIRST_NAMES)],
		.mother_born = year - 7300 - (int)demo_random(demo, 7000),
	};
	for (unsigned i = 0; i < f.n_children; i++) {
		f.children[i].first_name = first_names[(name + i * 5) % FIRST_NAMES];
		f.children[i].sex = demo_chance(demo, 50) ? "F" : "M";
		f.children[i].born = year - (int)demo_random(demo, 5600);
		nhs_number(demo, f.children[i].nhs_number);
	}
	(void)snprintf(f.street, sizeof f.street, "%u Sample Street", 1 + demo_random(demo, 200));
	(void)snprintf(f.postcode, sizeof f.postcode, "QX%u %uQX", 1 + demo_random(demo, 20), demo_random(demo, 10));
	demo->chance = kept;
	return f;
}

/* ---- the form ---- */

static json_t *address(const struct family *f)
{
	return json_pack("[{s:[s], s:s}]", "lines", f->street, "postcode", f->postcode);
}

/* Now and then a form has no NHS number, or a birth that is a day off. */
static json_t *child(struct demo *demo, const struct family *f, unsigned which)
{
	char birth[11];
	clock_date_text(f->children[which].born - (demo_chance(demo, 6) ? 1 : 0), birth);
	json_t *c = json_pack("{s:s, s:s, s:s, s:s, s:s}", "first_name", f->children[which].first_name, "family_name",
			      f->name, "date_of_birth", birth, "date_of_birth_status", "reported", "sex",
			      f->children[which].sex);
	if (demo_chance(demo, 85))
		(void)json_object_set_new(c, "nhs_number", json_string(f->children[which].nhs_number));
	if (demo_chance(demo, 80))
		(void)json_object_set_new(c, "addresses", address(f));
	if (demo_chance(demo, 60))
		(void)json_object_set_new(c, "whereabouts", json_string("At home with the mother."));
	return c;
}

/* All of them, or only the one whom the agency knows. */
static json_t *children(struct demo *demo, const struct family *f)
{
	json_t *list = json_array();
	bool all = demo_chance(demo, 50);
	unsigned first = all ? 0 : demo_random(demo, f->n_children);
	for (unsigned i = first; i < (all ? f->n_children : first + 1); i++)
		(void)json_array_append_new(list, child(demo, f, i));
	return list;
}

static json_t *household(struct demo *demo, const struct family *f)
{
	json_t *mother = json_pack("{s:s, s:s, s:s}", "first_name", f->mother, "family_name", f->name, "relationship",
				   "mother");
	char birth[11];
	clock_date_text(f->mother_born, birth);
	if (demo_chance(demo, 50))
		(void)json_object_set_new(mother, "date_of_birth", json_string(birth));
	return json_pack("[o]", mother);
}

static json_t *answer(const char *word, json_t *value)
{
	json_t *a = json_pack("{s:s}", "answer", word);
	if (value != NULL)
		(void)json_object_set_new(a, "value", value);
	return a;
}

static void add_what_good_forms_have(struct demo *demo, json_t *body)
{
	json_t *factors = json_object();
	static const char *const names[] = {
		"domestic_abuse",   "mental_ill_health",   "mental_ill_health_effect_on_parenting",
		"substance_misuse", "learning_difficulty", "own_adverse_childhood_experiences"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		(void)json_object_set_new(factors, names[i],
					  demo_chance(demo, 70)
						  ? answer("known", json_boolean((int)demo_chance(demo, 30)))
						  : answer("not_asked", NULL));
	(void)json_object_set_new(body, "parental_factors", factors);
	json_t *sharing = json_pack("{s:s}", "lawful_basis", "public_task");
	(void)json_object_set_new(sharing, "parents_informed",
				  answer("known", json_boolean((int)demo_chance(demo, 75))));
	(void)json_object_set_new(body, "information_sharing", sharing);
	(void)json_object_set_new(body, "level_of_need", json_string(demo_chance(demo, 50) ? "level 3" : "level 4"));
	(void)json_object_set_new(body, "why_now", json_string("It has happened again this week."));
	(void)json_object_set_new(body, "hoped_for_outcome", json_string("Somebody visits the family soon."));
}

json_t *story_form(struct demo *demo, unsigned index, unsigned family, bool immediate)
{
	const struct family f = family_of(demo, family);
	unsigned concern = demo_random(demo, CONCERNS);
	char reference[24];
	(void)snprintf(reference, sizeof reference, "DEMO-%05u", index + 1);
	json_t *body = json_pack("{s:s, s:b, s:o, s:[{s:s, s:s, s:s}], s:{s:s, s:s, s:s, s:s}, s:o}",
				 "agency_reference", reference, "immediate_protection_needed", (int)immediate,
				 "children", children(demo, &f), "concerns", "category", concerns[concern].category,
				 "description", concerns[concern].description, "basis",
				 demo_chance(demo, 60) ? "seen_directly" : "heard", "referrer", "name", "Robin Madeup",
				 "role", "Named professional", "kind", "professional", "phone", "01632 960000",
				 "household", household(demo, &f));
	if (demo_chance(demo, 60))
		add_what_good_forms_have(demo, body);
	return body;
}
