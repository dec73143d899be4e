using KafkaFlow.Contracts;
using KafkaFlow.Testing;

namespace KafkaFlow.Serdes.Tests;

[Trait("tier", "fast")]
public sealed class HostileBytesTests(ITestOutputHelper output)
{
    private const int Rounds = 60_000;

    [Fact]
    public void Damaged_records_give_a_record_or_an_error_and_never_throw()
    {
        var random = new RandomRecords(TestSeed.Next(output));
        using var serdes = RecordSerdes.Local();
        var (read, refused) = (0, 0);
        for (var i = 0; i < Rounds; i++)
        {
            var command = random.Command();
            var bytes = Damage(random.Chance() ? serdes.Encode(command) : JsonRecords.Write(command), random);
            Count(serdes.DecodeCommand(bytes), ref read, ref refused);
            Count(serdes.DecodeEvent(bytes), ref read, ref refused);
            Count(serdes.DecodeTask(bytes), ref read, ref refused);
            Count(serdes.DecodePlaybook(bytes), ref read, ref refused);
            if (i % 10 != 0) continue;
            Count(serdes.DecodeEvent(Damage(serdes.Encode(random.Event()), random)), ref read, ref refused);
            Count(serdes.DecodeTask(Damage(serdes.Encode(random.Task()), random)), ref read, ref refused);
        }
        output.WriteLine($"{read} read, {refused} refused");
        Assert.True(read > Rounds / 100 && refused > Rounds, $"the damage is one-sided: {read} read, {refused} refused");
    }

    [Theory]
    [InlineData("", "the value is empty")]
    [InlineData("68656C6C6F", "starts with 68656C6C6F; expected '{' (JSON)")]
    [InlineData("C301", "starts with C301")]
    [InlineData("C3010102030405060708FF", "its writer schema 0807060504030201 is not on the schemas topic")]
    [InlineData("000000002A00", "it names schema id 42, but no schema registry is configured")]
    [InlineData("7BFF", "not valid UTF-8")]
    public void What_is_no_record_is_told_by_its_first_bytes(string hex, string expected)
    {
        using var serdes = RecordSerdes.Local();
        var error = serdes.DecodeCommand(Convert.FromHexString(hex)).Error!;
        Assert.Equal(DlqCodes.Undecodable, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_answer_still_names_its_execution_and_task()
    {
        using var serdes = RecordSerdes.Local();
        var answer = new Command
        {
            EventType = "action_completed",
            ExecutionId = "order-17",
            TaskId = "order-17/fetch#1/1",
            Activation = "fetch#1",
            Attempt = 1,
            TaskHash = "h",
            WorkerId = "w",
            Result = "{\"a\": 1}",
        };
        foreach (var bytes in new[] { serdes.Encode(answer), JsonRecords.Write(answer) })
        {
            var error = serdes.DecodeCommand(bytes.AsSpan(0, bytes.Length - 20)).Error!;
            Assert.Equal(DlqCodes.Undecodable, error.Code);
            Assert.Equal(("order-17", "order-17/fetch#1/1"), (error.ExecutionId, error.TaskId));
            Assert.NotNull(error.Field);
        }
        var nameless = serdes.DecodeCommand("""{"execution_id": "no good", "event_type": 1}"""u8).Error!;
        Assert.Null(nameless.ExecutionId);
    }

    [Fact]
    public void An_object_with_very_many_keys_is_checked_in_linear_time()
    {
        var keys = string.Join(',', Enumerable.Range(0, 60_000).Select(i => $"\"k{i}\":{i}"));
        Assert.Null(Json.JsonText.Problem($"{{{keys}}}"));
        Assert.Contains("'k7' stands twice", Json.JsonText.Problem($"{{{keys},\"k7\":1}}"), StringComparison.Ordinal);
        Assert.Contains("depth", Json.JsonText.Problem(new string('[', 100_000)), StringComparison.Ordinal);
    }

    private static void Count<T>(Decoded<T> decoded, ref int read, ref int refused) where T : class
    {
        Assert.True(decoded.Record is null != decoded.Error is null, "neither record nor error, or both");
        if (decoded.Error is { } error)
        {
            refused++;
            Assert.False(string.IsNullOrWhiteSpace(error.Message));
            return;
        }
        read++;
    }

    private static byte[] Damage(byte[] bytes, RandomRecords random)
    {
        var list = bytes.ToList();
        for (var i = random.Below(4); i >= 0; i--)
        {
            var at = random.Below(list.Count);
            switch (random.Below(5))
            {
                case 0:
                    list[at] ^= (byte)(1 << random.Below(8));
                    break;
                case 1:
                    list[at] = (byte)random.Below(256);
                    break;
                case 2:
                    list.RemoveRange(at, Math.Min(list.Count - at, 1 + random.Below(6)));
                    break;
                case 3:
                    list.Insert(at, (byte)random.Below(256));
                    break;
                default:
                    list.AddRange(list.GetRange(at, Math.Min(list.Count - at, random.Below(20))));
                    break;
            }
            if (list.Count == 0) break;
        }
        return [.. list];
    }
}
