using KafkaFlow.Workers.Postgres;

namespace KafkaFlow.Workers.Tests;

public sealed class SqlScriptTests
{
    private static readonly HashSet<string> Names = ["name", "id", "1", "2"];

    [Theory]
    [InlineData("select 1; select 2;", "select 1|select 2")]
    [InlineData("-- only; a comment\n select 1 -- tail; here\n;; /* a; /* nested; */ b */ ; ", "select 1 -- tail; here")]
    [InlineData("select 'a;''b'; select \"c;\"\"d\"", "select 'a;''b'|select \"c;\"\"d\"")]
    [InlineData("select E'a\\';b'; select 'c\\'; select 2", "select E'a\\';b'|select 'c\\'|select 2")]
    [InlineData("do $$ begin; end $$; do $x$ a $$ b; $x$", "do $$ begin; end $$|do $x$ a $$ b; $x$")]
    [InlineData("create rule r as on insert to t do (select 1; select 2); select 3", "create rule r as on insert to t do (select 1; select 2)|select 3")]
    [InlineData("create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3",
        "create function f() returns int begin atomic select case when true then 1 end; select 2; end|select 3")]
    [InlineData("select 'never closed; select 2", "select 'never closed; select 2")]
    [InlineData("select a$b$c; select 1", "select a$b$c|select 1")]
    public void A_script_is_split_where_Postgres_ends_a_statement(string script, string expected) =>
        Assert.Equal(expected.Split('|'), SqlScript.Split(script, Names).Select(s => s.Text));

    [Theory]
    [InlineData("select :name::text, ':name', $1", "select $1::text, ':name', $2", "name,1")]
    [InlineData("select @id, :id, x @> y, a[1:2], b::name", "select $1, $1, x @> y, a[1:2], b::name", "id")]
    [InlineData("select $2, $1, $3 -- :id", "select $1, $2, $3 -- :id", "2,1")]
    [InlineData("select :other, $$ :id $$", "select :other, $$ :id $$", "")]
    public void Parameters_are_numbered_for_each_statement_and_only_outside_of_quotes(
        string script, string expected, string parameters)
    {
        var statement = Assert.Single(SqlScript.Split(script, Names));
        Assert.Equal(expected, statement.Text);
        Assert.Equal(parameters, string.Join(',', statement.Parameters));
    }
}
