using System.Diagnostics;
using System.Text;
using System.Text.Json;
using KafkaFlow.Avro;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes.Codecs;
using KafkaFlow.Testing;

namespace KafkaFlow.Serdes.Tests;

[Trait("tier", "fast")]
[Trait("needs", "shared")]
public sealed class ApacheAvroTests(ITestOutputHelper output)
{
    private const int RecordsOfAKind = 250;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Our_bytes_are_what_Apache_Avro_reads_and_writes()
    {
        var library = TestEnvironment.RequireShared("registry/lib/avro-1.12.0.jar");
        var random = new RandomRecords(TestSeed.Next(output));
        var lines = new List<(string Line, object?[] Values, IReadOnlyList<FieldShape> Fields)>();
        using var serdes = RecordSerdes.Local();
        for (var i = 0; i < RecordsOfAKind; i++)
        {
            Add("Command", CommandCodec.Form, random.Command(), serdes.Encode);
            Add("ExecutionEvent", EventCodec.Form, random.Event(), serdes.Encode);
            Add("Task", TaskCodec.Form, random.Task(), serdes.Encode);
            Add("Playbook", PlaybookCodec.Form, random.Playbook(), serdes.Encode);
        }

        var answers = await JavaAsync(Path.GetDirectoryName(library)!, lines.Select(l => l.Line));
        Assert.Equal(lines.Count, answers.Length);
        for (var i = 0; i < answers.Length; i++)
        {
            using var answer = JsonDocument.Parse(answers[i]);
            var (line, values, fields) = lines[i];
            Assert.Equal(line.Split(' ')[1], answer.RootElement.GetProperty("").GetString());
            Assert.Equal(FingerprintOf(line.Split(' ')[0]), answer.RootElement.GetProperty(" fingerprint").GetString());
            for (var f = 0; f < fields.Count; f++)
                Assert.Equal(Plain(values[f]), Plain(answer.RootElement.GetProperty(fields[f].Name)));
        }

        void Add<T>(string schema, RecordShape<T> shape, T record, Func<T, byte[]> encode) where T : class
        {
            var datum = encode(record).AsSpan(SingleObject.HeaderBytes);
            lines.Add(($"{schema} {Convert.ToHexStringLower(datum)}", shape.Values(record), shape.Fields));
        }
    }

    private static string FingerprintOf(string schema)
    {
        var text = schema switch
        {
            "Command" => Schemas.Command,
            "ExecutionEvent" => Schemas.ExecutionEvent,
            "Task" => Schemas.Task,
            _ => Schemas.Playbook,
        };
        return SchemasTopic.KeyOf(AvroSchema.Parse(text).Fingerprint);
    }

    private static string Plain(object? value) => value switch
    {
        null => "null",
        Timestamp time => $"{time.UnixMicros}",
        bool flag => flag ? "True" : "False",
        JsonElement { ValueKind: JsonValueKind.Null } => "null",
        JsonElement { ValueKind: JsonValueKind.String } text => $"text {text.GetString()}",
        JsonElement other => other.ToString(),
        string text => $"text {text}",
        _ => $"{value}",
    };

    private static async Task<string[]> JavaAsync(string libraries, IEnumerable<string> lines)
    {
        var root = TestEnvironment.RepositoryRoot;
        var program = Path.Combine(root, "tests", "KafkaFlow.Serdes.Tests", "Data", "DecodeWithAvro.java");
        var start = new ProcessStartInfo(
            "java", ["-cp", $"{libraries}/*", program, Path.Combine(root, "schemas")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(false),
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        var answer = process.StandardOutput.ReadToEndAsync(limit.Token);
        foreach (var line in lines) await process.StandardInput.WriteLineAsync(line);
        process.StandardInput.Close();
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, await error);
        return (await answer).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
