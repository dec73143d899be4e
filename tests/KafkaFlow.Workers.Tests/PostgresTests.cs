using System.Text.Json.Nodes;
using KafkaFlow.Contracts;
using KafkaFlow.LocalServers;
using KafkaFlow.Testing;
using KafkaFlow.Workers.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace KafkaFlow.Workers.Tests;

[Trait("needs", "postgres")]
public sealed class PostgresTests(PostgresCluster cluster) : IAsyncLifetime
{
    private const string Password = "s3cret-of-the-test";
    private readonly TemporaryDirectory _directory = TestEnvironment.NewDirectory("credentials");
    private PostgresServer _server = null!;
    private PostgresTaskHandler _handler = null!;
    private int _runs;

    public async ValueTask InitializeAsync()
    {
        _server = await cluster.ServerAsync();
        var database = $"db_{Guid.NewGuid():N}";
        await using (var connection = new NpgsqlConnection(_server.ConnectionString))
        {
            await connection.OpenAsync();
            await using var create = new NpgsqlCommand($"create database {database}", connection);
            await create.ExecuteNonQueryAsync();
        }
        WriteCredential("pg_local", _server.Port, database);
        WriteCredential("pg_down", Ports.Free(1)[0], database);
        _handler = new PostgresTaskHandler(
            new CredentialDirectory(_directory.FullPath), NullLogger<PostgresTaskHandler>.Instance);
    }

    public ValueTask DisposeAsync()
    {
        _handler?.Dispose();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private void WriteCredential(string name, int port, string database) => File.WriteAllText(
        _directory.PathOf($"{name}.json"),
        $$$"""{"name":"{{{name}}}","type":"postgres","data":{"db_host":"127.0.0.1","db_port":"{{{port}}}","db_user":"{{{PostgresServer.User}}}","db_password":"{{{Password}}}","db_name":"{{{database}}}"}}""");

    private TaskRecord TaskOf(string input, string? auth = "\"pg_local\"", string? execution = null) =>
        Tasks.Of("postgres", input, execution ?? $"run-{++_runs}") with { Auth = auth };

    private Task<TaskOutcome> RunAsync(TaskRecord task, CancellationToken cancel = default) =>
        _handler.RunAsync(task, Tasks.ContextOf(task), cancel).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);

    private async Task<JsonNode> ResultAsync(object command, object? parameters = null)
    {
        var input = new JsonObject
        {
            ["command"] = System.Text.Json.JsonSerializer.SerializeToNode(command),
            ["params"] = System.Text.Json.JsonSerializer.SerializeToNode(parameters),
        };
        var outcome = await RunAsync(TaskOf(input.ToJsonString()));
        Assert.Null(outcome.Error);
        Assert.Null(Json.ProblemOf(outcome.Result!));
        return JsonNode.Parse(outcome.Result!)!;
    }

    [Fact]
    public async Task Rows_are_maps_of_typed_values_and_statements_without_rows_have_a_message()
    {
        var result = await ResultAsync("""
            -- a table
            create table t (id int primary key, name text, price numeric(10,2), doc jsonb, at timestamptz, day date,
              local timestamp, tags text[], grid int[][], ok boolean, ratio float8, big bigint, raw json);
            insert into t values (1, 'Ann ''A''', 10.50, '{"a": [1, null]}', '2026-01-02 03:04:05.678+02', '2026-01-02',
              '2026-01-02 03:04:05', '{a,"b ,\"c",NULL}', '{{1,2},{3,4}}', true, 'NaN', 9007199254740993, '{"x": 1.0}');
            select * from t; /* nothing */ select 1 as a, 2 as a where false;
            """);
        Assert.Equal("""{"status":"success","message":"CREATE done","row_count":0}""", result["command_0"]!.ToJsonString());
        Assert.Equal("""{"status":"success","message":"INSERT: 1 rows","row_count":1}""", result["command_1"]!.ToJsonString());
        Assert.Equal(
            """{"id":1,"name":"Ann 'A'","price":10.50,"doc":{"a":[1,null]},"at":"2026-01-02T01:04:05.678000Z","day":"2026-01-02","local":"2026-01-02T03:04:05","tags":["a","b ,\"c",null],"grid":[[1,2],[3,4]],"ok":true,"ratio":"NaN","big":9007199254740993,"raw":{"x":1.0}}""",
            result["command_2"]!["rows"]![0]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal((1, "success"), ((int)result["command_2"]!["row_count"]!, (string)result["command_2"]!["status"]!));
        Assert.Equal("""{"status":"success","rows":[],"row_count":0,"columns":["a","a_2"]}""", result["command_3"]!.ToJsonString());
        Assert.Equal(4, result.AsObject().Count);
    }

    [Fact]
    public async Task Values_are_bound_and_never_become_sql()
    {
        const string evil = "x'); drop table v; --";
        await ResultAsync("create table v (id int, name varchar(80), doc jsonb, day date)");
        await ResultAsync("insert into v values (:id, :name, @doc, :day)",
            new { id = 7, name = evil, doc = new { k = new[] { 1, 2 } }, day = (string?)null });
        await ResultAsync(new[] { "insert into v values ($1, $2, $3)", "insert into v (name) values ($2)" }, new object[] { 8, 12.5, "[]" });
        var rows = (await ResultAsync("select id, name, doc, day from v order by id"))["command_0"]!["rows"]!;
        Assert.Equal(evil, (string?)rows[0]!["name"]);
        Assert.Equal("""{"k":[1,2]}""", rows[0]!["doc"]!.ToJsonString());
        Assert.Null(rows[0]!["day"]);
        Assert.Equal(("12.5", 3), ((string?)rows[1]!["name"], rows.AsArray().Count));
    }

    [Fact]
    public async Task An_error_rolls_the_script_back_and_names_sqlstate_and_statement()
    {
        await ResultAsync("create table r (id int primary key)");
        var outcome = await RunAsync(TaskOf("""{"command":"insert into r values (1); select id, from r"}"""));
        Assert.Equal(TaskErrorCodes.PostgresError, outcome.Error!.Code);
        Assert.Contains("syntax error at or near \"from\"", outcome.Error.Message, StringComparison.Ordinal);
        Assert.False(outcome.Error.Retryable);
        var details = JsonNode.Parse(outcome.Error.Details!)!;
        Assert.Equal(("42601", 1, "select id, from r"),
            ((string?)details["sqlstate"], (int)details["statement"]!, (string?)details["sql"]));
        Assert.Equal("0", (await ResultAsync("select count(*) as n from r"))["command_0"]!["rows"]![0]!["n"]!.ToJsonString());

        var commit = await RunAsync(TaskOf("""{"command":"insert into r values (1); commit"}"""));
        Assert.Equal(TaskErrorCodes.TransactionControl, commit.Error!.Code);
        var vacuum = await RunAsync(TaskOf("""{"command":"vacuum r"}"""));
        Assert.Contains("transaction: false", vacuum.Error!.Message, StringComparison.Ordinal);
        Assert.Null((await RunAsync(TaskOf("""{"command":"vacuum r","transaction":false}"""))).Error);
    }

    [Fact]
    public async Task A_task_id_that_comes_again_gets_the_stored_result_and_changes_nothing()
    {
        await ResultAsync("create table c (n int)");
        var task = TaskOf("""{"command":"insert into c values (1); select count(*)::int as n from c"}""");
        var at_once = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RunAsync(task)));
        Assert.Single(at_once.Select(o => o.Result).Distinct());
        Assert.Equal(at_once[0].Result, (await RunAsync(task)).Result);
        Assert.Equal(1, (int)(await ResultAsync("select count(*)::int as n from c"))["command_0"]!["rows"]![0]!["n"]!);

        // A failed execution leaves no row behind: the next attempt at the same id runs.
        var failing = TaskOf("""{"command":"insert into c values (2); select 1 / (select count(*) - 1 from c where n = 1)"}""");
        Assert.Equal("22012", (string?)JsonNode.Parse((await RunAsync(failing)).Error!.Details!)!["sqlstate"]);
        await ResultAsync("insert into c values (1)");
        Assert.Null((await RunAsync(failing)).Error);
        Assert.Null((await RunAsync(task with { TaskHash = "other" })).Error);
        Assert.Equal("[3,1]", (await ResultAsync("select array[count(*) filter (where n = 1), count(*) filter (where n = 2)] as n from c"))["command_0"]!["rows"]![0]!["n"]!.ToJsonString());
    }

    [Fact]
    public async Task Credentials_are_references_and_their_secrets_never_leave()
    {
        var missing = await RunAsync(TaskOf("""{"command":"select 1"}""", """{"name":"pg_none"}"""));
        Assert.Equal(TaskErrorCodes.MissingCredential, missing.Error!.Code);
        Assert.Contains("pg_none.json", missing.Error.Message, StringComparison.Ordinal);
        Assert.Contains(_directory.FullPath, missing.Error.Message, StringComparison.Ordinal);
        Assert.Equal(TaskErrorCodes.MissingCredential, (await RunAsync(TaskOf("""{"command":"select 1"}""", "\"../pg_local\""))).Error!.Code);
        Assert.Equal(TaskErrorCodes.BadInput, (await RunAsync(TaskOf("""{"command":"select 1"}""", null))).Error!.Code);

        var down = await RunAsync(TaskOf("""{"command":"select 1"}""", """{"db":{"credential":"pg_down"}}"""));
        Assert.Equal((TaskErrorCodes.PostgresUnavailable, true), (down.Error!.Code, down.Error.Retryable));

        var told = await RunAsync(TaskOf($$"""{"command":"select '{{Password}}' as p, 'ok' as q"}"""));
        Assert.Contains("""{"p":"***","q":"ok"}""", told.Result, StringComparison.Ordinal);
        var failed = await RunAsync(TaskOf($$"""{"command":"select '{{Password}}'::int"}"""));
        Assert.DoesNotContain(Password, failed.Error!.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_rows_and_a_stop_leave_nothing_behind()
    {
        await ResultAsync("create table s (n int)");
        var large = await RunAsync(TaskOf("""{"command":"insert into s values (1); select repeat('x', 1000) as t from generate_series(1, 100000)"}"""));
        Assert.Equal(TaskErrorCodes.ResultTooLarge, large.Error!.Code);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RunAsync(TaskOf("""{"command":"insert into s values (1); select pg_sleep(60)"}"""), cancel.Token));
        Assert.Equal(0, (int)(await ResultAsync("select count(*)::int as n from s"))["command_0"]!["rows"]![0]!["n"]!);
    }

    [Fact]
    public void Short_secrets_are_removed_from_messages_as_whole_words_and_leave_results_alone()
    {
        var scrubber = new Scrubber(["demo"]);
        Assert.Equal("password *** for demo_user in a demonstration: ***", scrubber.Message("password demo for demo_user in a demonstration: demo"));
        Assert.Equal("\"a demo\"", scrubber.Result("\"a demo\""));
        Assert.Equal("""{"***":["a***b","***",1123456,true]}""",
            new Scrubber(["123456"]).Result("""{"123456":["a123456b",123456,1123456,true]}"""));
        Assert.Equal("\"***\"", new Scrubber(["qu\"ote-me"]).Result("\"qu\\\"ote-me\""));
    }
}
