using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using KafkaFlow.Testing;

namespace KafkaFlow.Avro.Tests;

/// <summary>The opposite direction of the vectors: Apache Avro for Java decodes what this library encodes.</summary>
[Trait("tier", "ci")]
[Trait("needs", "shared")]
public sealed class JavaReadsOursTests
{
    private const int Schemas = 300;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Java_finds_the_same_datum_and_fingerprint_and_writes_the_same_bytes()
    {
        List<(AvroSchema Schema, string Text, AvroValue Datum, string Hex)> asked = [];
        foreach (JsonNode line in VectorFile.Lines("java-data.jsonl"))
            Ask(line.Text("schema"), new RandomAvro(asked.Count));
        int seed = TestSeed.Next();
        Console.WriteLine($"seed {seed} (Avro, Java)");
        var random = new RandomAvro(seed);
        for (int i = 0; i < Schemas; i++)
            Ask(random.Schema(), random);

        string[] questions = [.. asked.Select(a => new JsonObject { ["schema"] = a.Text, ["hex"] = a.Hex }.ToJsonString())];
        string[] answers = await AnswersAsync(questions, TestContext.Current.CancellationToken);
        Assert.Equal(asked.Count, answers.Length);
        for (int i = 0; i < answers.Length; i++)
        {
            JsonNode answer = JsonNode.Parse(answers[i])!;
            Assert.True(answer["error"] is null, $"seed {seed}: {answers[i]}: {asked[i].Text} {asked[i].Hex}");
            var rabin = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(rabin, asked[i].Schema.Fingerprint);
            Assert.Equal(Convert.ToHexString(rabin), answer.Text("rabin"));
            Assert.Equal(asked[i].Schema.CanonicalForm, answer.Text("canonical"));
            AvroValue seen = VectorFile.Datum(asked[i].Schema, answer.Text("json"));
            Assert.True(asked[i].Datum == seen || HasNaN(answer.Text("json")), $"seed {seed}: {asked[i].Text} {asked[i].Hex}");
        }

        void Ask(string text, RandomAvro source)
        {
            AvroSchema schema = AvroSchema.Parse(text);
            AvroValue datum = source.Datum(schema);
            asked.Add((schema, text, datum, Convert.ToHexString(RandomTests.Encode(schema, datum))));
        }
    }

    // JSON keeps no payload of a NaN.
    private static bool HasNaN(string json) => json.Contains("NaN", StringComparison.Ordinal);

    private static async Task<string[]> AnswersAsync(string[] questions, CancellationToken cancellation)
    {
        string jars = Path.Combine(TestEnvironment.RequireShared(Path.Combine("registry", "lib")), "*");
        TestEnvironment.RequireShared(Path.Combine("registry", "lib", "avro-1.12.0.jar"));
        using TemporaryDirectory work = TestEnvironment.NewDirectory("avro-java");
        string sources = Path.Combine(TestEnvironment.RepositoryRoot, "tests", "outside", "avro");
        string[] compile =
            ["-encoding", "UTF-8", "-cp", jars, "-d", work.FullPath, $"{sources}/Datum.java", $"{sources}/Answers.java"];
        await RunAsync("javac", compile, [], cancellation);
        string output = await RunAsync("java", ["-cp", $"{work.FullPath}:{jars}", "Answers"], questions, cancellation);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<string> RunAsync(
        string program, string[] arguments, string[] input, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        using Process process = StartOrSkip(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            foreach (string line in input)
                await process.StandardInput.WriteAsync($"{line}\n".AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, await errors);
            return await output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static Process StartOrSkip(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Skip($"not run: {start.FileName} cannot be started ({e.Message})");
            throw;
        }
    }
}
