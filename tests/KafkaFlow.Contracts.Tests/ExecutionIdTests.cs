namespace KafkaFlow.Contracts.Tests;

[Trait("tier", "fast")]
public sealed class ExecutionIdTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("order-17")]
    [InlineData("0190f3c4-7e0f-7000-8000-000000000000")]
    [InlineData("A.b_c:d~r2-E")]
    public void A_good_id_has_no_problem(string id) => Assert.Null(ExecutionIds.Problem(id));

    [Theory]
    [InlineData("", "execution_id is empty")]
    [InlineData("-a", "starts with '-'; expected a letter or digit")]
    [InlineData("a b", "has ' ' at position 1")]
    [InlineData("a/b", "has '/' at position 1")]
    [InlineData("a\n", "has U+000A at position 1")]
    [InlineData("\u00e4", "starts with U+00E4")]
    public void The_offending_character_is_named(string id, string problem) =>
        Assert.Contains(problem, ExecutionIds.Problem(id), StringComparison.Ordinal);

    [Fact]
    public void The_longest_id_has_128_characters()
    {
        Assert.Null(ExecutionIds.Problem(new string('a', 128)));
        Assert.Contains("129 characters", ExecutionIds.Problem(new string('a', 129)), StringComparison.Ordinal);
    }
}
